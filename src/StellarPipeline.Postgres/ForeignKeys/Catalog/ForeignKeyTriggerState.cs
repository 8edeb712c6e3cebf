namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// Whether the triggers that enforce a key are on (pg_trigger.tgenabled over every trigger of the key and of its partition clones).
/// </summary>
public enum ForeignKeyTriggerState
{
    /// <summary>All fire, except under <c>session_replication_role = replica</c>: the normal state.</summary>
    Origin,

    /// <summary>At least one is not in the normal state (ALTER TABLE … DISABLE TRIGGER, ENABLE ALWAYS, ENABLE REPLICA).</summary>
    Altered,

    /// <summary>There are none, because the key is NOT ENFORCED.</summary>
    None,
}
