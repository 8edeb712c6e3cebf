namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>
/// Contracts with balances in the form that asset contracts store, but without an instance that proves them to be asset contracts.
/// </summary>
internal sealed class UnprovedContracts
{
    /// <summary>Ids of their rows in contract_tokens, to which the balances refer.</summary>
    public List<Guid> WithBalances { get; } = [];

    /// <summary>
    /// The ids among them whose row was written only because of the balances: the checkpoint has no instance of the contract.
    /// </summary>
    public List<Guid> WithRowAlone { get; } = [];
}
