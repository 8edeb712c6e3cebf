using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Properties of a catalogue that a person should check, whatever the strategy.</summary>
internal static class PlanWarnings
{
    public static IEnumerable<string> Of(ForeignKeyCatalog catalog, IReadOnlyList<PolymorphicPair> pairs)
    {
        foreach (PolymorphicPair pair in pairs)
        {
            yield return $"Columns {pair.TypeColumn} and {pair.IdColumn} of {pair.Table} look like a polymorphic reference: nobody checks "
                + $"it.";
        }

        foreach (ForeignKey? key in catalog.Keys.Where(key => key.LoadedReferencing.Count > 0))
        {
            if (!key.IsEnforced)
                yield return $"Foreign key {key} is NOT ENFORCED: it is neither ordered nor proved.";
            else if (!key.IsValidated)
                yield return $"Foreign key {key} is NOT VALID: loaded rows must satisfy it, older rows may not.";
            if (key.TriggerState == ForeignKeyTriggerState.Altered)
                yield return $"The triggers of foreign key {key} are not in their normal state: PostgreSQL may not check it.";
        }

        foreach (CatalogTrigger? trigger in catalog.Triggers.Where(trigger => trigger.FiresOnInsert && trigger.State is 'O' or 'A'))
            yield return $"If {trigger} enforces a reference, the plan does not know it.";
    }
}
