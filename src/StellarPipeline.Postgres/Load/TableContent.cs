namespace StellarPipeline.Postgres.Load;

/// <summary>What a load wants of the rows that its tables hold before it.</summary>
public enum TableContent
{
    /// <summary>They stay, whatever they are.</summary>
    Keep,

    /// <summary>There must be none. Where nobody can say whether there are any, the load is refused.</summary>
    MustBeEmpty,

    /// <summary>They are removed, in the load's transaction.</summary>
    Replace,
}
