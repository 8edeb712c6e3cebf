using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>The foreign-key strategy that a load requests.</summary>
public enum ForeignKeyChoice
{
    /// <summary>The cheapest strategy that the role may use and that changes nothing except foreign keys.</summary>
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
