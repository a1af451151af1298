from django.db import migrations

from amends.journal.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("programmes", "0001_initial"), ("journal", "0002_guards")]
    operations = [
        migrations.RunSQL(*append_only("programmes_version")),
    ]
