namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Which rows come first.</summary>
public enum SortOrder
{
    /// <summary>The newest ones.</summary>
    Descending,

    /// <summary>The oldest ones.</summary>
    Ascending,
}
