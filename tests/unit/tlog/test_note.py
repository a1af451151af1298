import base64

import pytest

from amends.tlog.checkpoint import Checkpoint, open_checkpoint
from amends.tlog.note import NoteInvalid, Signer, Verifier, open_note

# Key and note of Go's own package, golang.org/x/mod/sumdb/note, from its documentation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
ALICE, MALLORY = Signer.generate("example.org/alice"), Signer.generate("example.org/alice")


def test_a_note_made_by_go_is_read() -> None:
    assert open_note(GO_NOTE, Verifier.parse(PETER)).startswith("If you think cryptography")
    assert Verifier.parse(PETER).text == PETER


def test_a_signers_text_is_enough_to_go_on_signing() -> None:
    again = Signer.parse(ALICE.text)
    assert open_note(again.sign("hello\n"), ALICE.verifier) == "hello\n"
    assert ALICE.text not in repr(ALICE)


def test_signatures_of_witnesses_are_passed_over() -> None:
    note = ALICE.sign("hello\n") + "\N{EM DASH} witness.example c2lnbmVkIGJ5IGEgd2l0bmVzcw==\n"
    assert open_note(note, ALICE.verifier) == "hello\n"


def test_the_same_name_with_another_key_is_somebody_else() -> None:
    with pytest.raises(NoteInvalid, match="no signature by"):
        open_note(MALLORY.sign("hello\n"), ALICE.verifier)


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note.replace("hello", "hallo"),
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\N{EM DASH}", "-"),
        lambda note: note.replace("hello", "hello\r"),
        lambda note: note + note.split("\n\n")[1],
        lambda note: note + "\N{EM DASH} w AAAA\n",
        lambda note: note + "\N{EM DASH} w a+b eHh4eHh4eHg=\n",
        lambda note: note + "\N{EM DASH} w eHh4eHh4eHh=\n",
        lambda note: note + "\N{EM DASH} w eHh4eHh4eHg=\n" * 100,
    ],
)
def test_a_damaged_note_is_refused(damage) -> None:
    with pytest.raises(NoteInvalid):
        open_note(damage(ALICE.sign("hello\n")), ALICE.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", PETER[:-1],
        PETER.replace("c74f", "c74e"), PETER.replace("Peter", "Pater"), PETER.replace("+AR", "+BR"),
        "a b+00000000+" + base64.b64encode(b"\1" * 33).decode(), PETER + "=", PETER.replace("c74f20a3", "C74F20A3"),
    ],
)  # fmt: skip
def test_a_damaged_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "PRIVATE+KEY+x", "PRIVATE+KEY+a+b+c", ALICE.text[:-4], ALICE.text.replace("alice", "alce")],
    ids=["empty", "short", "no numbers", "cut", "another name"],  # a key made afresh in each worker names no test
)
def test_a_damaged_signer_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Signer.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b"])
def test_a_key_needs_a_name_that_fits_on_its_line(name: str) -> None:
    with pytest.raises(NoteInvalid):
        Signer.generate(name)


@pytest.mark.parametrize(
    "text",
    [
        "{o}\n01\n{r}\n", "{o}\n+1\n{r}\n", "{o}\n1 \n{r}\n",
        "{o}\n\N{ARABIC-INDIC DIGIT ONE}\n{r}\n", "{o}\n-1\n{r}\n", "{o}\n1\n{r}A\n",
        "{o}\n1\nAAAA\n", "other\n1\n{r}\n", "{o}\n1\n{r}\nextension\n",
        "{o}\n1\n", "{o}\n9999999999999999999999\n{r}\n",
    ],
)  # fmt: skip
def test_a_signed_text_that_is_no_plain_checkpoint_is_refused(text: str) -> None:
    root = base64.b64encode(bytes(32)).decode()
    with pytest.raises(NoteInvalid):
        open_checkpoint(ALICE.sign(text.format(o=ALICE.name, r=root)), ALICE.verifier)


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    checkpoint = Checkpoint(ALICE.name, 123, bytes(range(32)))
    assert open_checkpoint(checkpoint.sign(ALICE), ALICE.verifier) == checkpoint
