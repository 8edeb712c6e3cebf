namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// Contracts with balances in the form that asset contracts store, but without an instance that proves them to be an asset's.
/// </summary>
internal sealed class UnprovedContracts
{
    /// <summary>Ids of their rows, as the balances refer to them.</summary>
    public List<Guid> WithBalances { get; } = [];

    /// <summary>Those of them whose row was written for the balances alone: the checkpoint holds no instance of theirs.</summary>
    public List<Guid> WithRowAlone { get; } = [];
}
