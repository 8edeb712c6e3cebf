namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The streams of state changes, whose rows are numbered separately: each constant is the base of their state_change_id.</summary>
/// <remarks>
/// Source: wallet-backend internal/indexer/types/types.go. The order of the bases is the order of the rows in the primary key.
/// </remarks>
internal static class StateChangeStream
{
    public const long TokenTransfers = 0;
    public const long Effects = 1L << 28;
    public const long Deployments = 2L << 28;
    public const long AssetContracts = 3L << 28;
}
