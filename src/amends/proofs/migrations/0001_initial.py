import django.db.models.deletion
from django.db import migrations, models

from amends.journal.guards import append_only


class Migration(migrations.Migration):
    initial = True
    dependencies = [("journal", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField(help_text="the signed note, as published")),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "proofs_checkpoint"},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journal.entry",
                    ),
                ),
            ],
            options={"db_table": "proofs_leaf"},
        ),
        migrations.RunSQL(*append_only("proofs_leaf")),
        migrations.RunSQL(*append_only("proofs_checkpoint")),
    ]
