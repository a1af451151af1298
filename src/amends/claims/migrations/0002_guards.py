from django.db import migrations

from amends.journal.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("journal", "0002_guards")]
    operations = [
        migrations.RunSQL(*append_only("claims_claim")),
        migrations.RunSQL(*append_only("claims_recording")),
        migrations.RunSQL(*append_only("claims_set_aside")),
    ]
