using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>
/// What is around the transactions of a ledger: its time, its upgrades, what its header commits to. This one keeps no buckets.
/// </summary>
internal class LedgerCustoms
{
    private const int SecondsPerLedger = 5;

    /// <summary>The customs of ledgers that are made for themselves.</summary>
    public static LedgerCustoms Plain { get; } = new();

    /// <summary>Contract calls besides those that every ledger has.</summary>
    public virtual IReadOnlyList<Func<OperationScope, OperationOutcome?>> FurtherCalls => [];

    /// <summary>Whether new contracts and their codes expire as soon as their storage, so that they are evicted too.</summary>
    public virtual bool EvictsContracts => false;

    /// <summary>How many in a thousand new accounts have the id of one that was merged away.</summary>
    public virtual int RecreationsPerThousand => 0;

    /// <summary>Whether a transaction writes its source's account twice before its operations, as the network often does.</summary>
    public virtual bool WritesSourceTwice(Dice dice) => false;

    /// <summary>Called once, with the state before the first ledger.</summary>
    public virtual void Begin(LedgerWorld world, LedgerRules rules, Dice dice)
    {
    }

    /// <summary>When the next ledger closes, Unix seconds.</summary>
    public virtual ulong CloseTime(LedgerGeneratorOptions options, int ledgersBefore, uint protocolBefore, Dice dice) =>
        options.FirstCloseTime + ((ulong)ledgersBefore * SecondsPerLedger);

    /// <summary>The same time in Unix milliseconds.</summary>
    public virtual ulong Milliseconds(ulong closeTime, Dice dice) => (closeTime * 1000) + (ulong)dice.Below(1000);

    /// <summary>How many transactions the next ledger is to have.</summary>
    public virtual int Transactions(LedgerGeneratorOptions options, Dice dice) => options.Transactions;

    /// <summary>Applies upgrades to the state after a ledger's transactions.</summary>
    public virtual void Upgrade(LedgerWorld world, LedgerRules rules, Dice dice, ulong closeTime, List<LedgerUpgrade> upgrades)
    {
    }

    /// <summary>What the header says of the buckets, once everything of the ledger is done.</summary>
    public virtual byte[] BucketListHash(LedgerWorld world, uint protocol, Dice dice) => dice.Bytes(32);

    /// <summary>Called with each header.</summary>
    public virtual void Closed(byte[] header, byte[] hash)
    {
    }
}
