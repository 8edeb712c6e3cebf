using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>
/// Everything of a ledger except its transactions: close time, upgrades, bucket list hash. This base class keeps no buckets.
/// </summary>
internal class LedgerCustoms
{
    private const int SecondsPerLedger = 5;

    /// <summary>The customs of ledgers without a simulated network.</summary>
    public static LedgerCustoms Plain { get; } = new();

    /// <summary>Additional contract calls.</summary>
    public virtual IReadOnlyList<Func<OperationScope, OperationOutcome?>> FurtherCalls => [];

    /// <summary>Whether new contracts and codes expire as early as contract storage, so that they are evicted too.</summary>
    public virtual bool EvictsContracts => false;

    /// <summary>New accounts that have the id of a merged account, per thousand.</summary>
    public virtual int RecreationsPerThousand => 0;

    /// <summary>Whether a transaction writes its source's account twice before its operations, as the network often does.</summary>
    public virtual bool WritesSourceTwice(Dice dice) => false;

    /// <summary>Called once, with the state before the first ledger.</summary>
    public virtual void Begin(LedgerWorld world, LedgerRules rules, Dice dice)
    {
    }

    /// <summary>The close time of the next ledger, Unix seconds.</summary>
    public virtual ulong CloseTime(LedgerGeneratorOptions options, int ledgersBefore, uint protocolBefore, Dice dice) =>
        options.FirstCloseTime + ((ulong)ledgersBefore * SecondsPerLedger);

    /// <summary>The close time in Unix milliseconds.</summary>
    public virtual ulong Milliseconds(ulong closeTime, Dice dice) => (closeTime * 1000) + (ulong)dice.Below(1000);

    /// <summary>The number of transactions of the next ledger.</summary>
    public virtual int Transactions(LedgerGeneratorOptions options, Dice dice) => options.Transactions;

    /// <summary>Applies upgrades to the state after a ledger's transactions.</summary>
    public virtual void Upgrade(LedgerWorld world, LedgerRules rules, Dice dice, ulong closeTime, List<LedgerUpgrade> upgrades)
    {
    }

    /// <summary>The header's bucket list hash, 32 bytes; called after all changes of the ledger.</summary>
    public virtual byte[] BucketListHash(LedgerWorld world, uint protocol, Dice dice) => dice.Bytes(32);

    /// <summary>Called with each header.</summary>
    public virtual void Closed(byte[] header, byte[] hash)
    {
    }
}
