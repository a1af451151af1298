from django.db import migrations

from amends.journal.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("checks", "0001_initial"), ("journal", "0002_guards")]
    operations = [
        migrations.RunSQL(*append_only("checks_check")),
        migrations.RunSQL(*append_only("checks_finding")),
    ]
