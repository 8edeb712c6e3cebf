using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Which strategy a load asks for.</summary>
public enum ForeignKeyChoice
{
    /// <summary>The cheapest one that the role may use and that changes nothing but foreign keys.</summary>
    Auto,

    /// <summary><see cref="ReplicaStrategy"/>.</summary>
    Replica,

    /// <summary><see cref="RecreateStrategy"/>.</summary>
    Recreate,

    /// <summary><see cref="DeferredStrategy"/>.</summary>
    Deferred,

    /// <summary><see cref="OrderedStrategy"/>.</summary>
    Ordered,
}
