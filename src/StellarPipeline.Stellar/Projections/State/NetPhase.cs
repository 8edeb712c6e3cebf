
namespace StellarPipeline.Stellar.Projections.State;

/// <summary>The parts of closing a ledger that change entries, in the order of their application.</summary>
internal enum NetPhase
{
    /// <summary>The fees of all transactions.</summary>
    Fee,

    /// <summary>The transactions, one after the other.</summary>
    Transaction,

    /// <summary>Refunds of Soroban fees at the ledger's end (protocol 23 and later).</summary>
    Refund,

    /// <summary>Upgrades of the network's parameters.</summary>
    Upgrade,

    /// <summary>Entries that leave the live state because their time to live is over.</summary>
    Eviction,
}
