namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The order of a list.</summary>
public enum SortOrder
{
    /// <summary>Newest first.</summary>
    Descending,

    /// <summary>Oldest first.</summary>
    Ascending,
}
