namespace StellarPipeline.Postgres.Load;

/// <summary>What a load does with the existing rows of its tables.</summary>
public enum TableContent
{
    /// <summary>Existing rows stay.</summary>
    Keep,

    /// <summary>The tables must be empty. The load is also refused if it cannot determine whether they are.</summary>
    MustBeEmpty,

    /// <summary>Existing rows are removed in the load's transaction.</summary>
    Replace,
}
