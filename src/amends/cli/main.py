"""`amends …`: finds the command, runs it, and turns a refusal into words and an exit code.

Exit codes: 0 done; 1 something was found (a failed check, a difference); 2 refused or misused; 130 interrupted.
"""

from __future__ import annotations

import importlib

import click

from amends import __version__
from amends.cli.output import stderr
from amends.refusal import Refusal

# name -> (module, help). Modules are imported only when their command runs, so `amends --help` is quick.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("amends.cli.demo", "Run the whole mechanism: from 86,000 claims to a proven payment."),
    "serve": ("amends.cli.serve", "Serve the public pages on this machine."),
    "programme": ("amends.cli.programme", "Make, check and test a programme folder."),
    "caseload": ("amends.cli.caseload", "Make a believable file of claims."),
    "import": ("amends.cli.intake", "Take a file of claims into the register."),
    "decide": ("amends.cli.decide", "Decide a file of claims; no database needed."),
    "explain": ("amends.cli.explain", "Explain one decided claim, line by line."),
    "pay": ("amends.cli.pay", "Allocate, instruct and settle a payment phase."),
    "receipt": ("amends.cli.receipt", "Write a claim's receipts."),
    "verify": ("amends.cli.verify", "Verify a receipt offline."),
    "audit": ("amends.cli.audit", "Compare every fact with the log and name what differs."),
    "doctor": ("amends.cli.doctor", "Look at this installation and say what is wrong."),
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Amends: mass compensation in the open, from the register of damage to the last payment."""


def main() -> None:
    try:
        code = cli.main(standalone_mode=False)
    except Refusal as refusal:
        for line in (refusal.what, refusal.why, refusal.do):
            if line:
                stderr.print(line, markup=False)
        code = 2
    except click.ClickException as misuse:
        misuse.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        stderr.print("Interrupted. Nothing is half done: run the same command again to go on.")
        code = 130
    raise SystemExit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
