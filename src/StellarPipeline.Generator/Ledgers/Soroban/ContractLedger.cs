using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers.Soroban;

/// <summary>Contract entries of one operation: written with TTL entries, and restored if the protocol does so automatically.</summary>
internal sealed class ContractLedger(OperationScope scope)
{
    private const uint FirstLifeLedgers = 40;
    private const uint LongLifeLedgers = 1_000_000;

    private StateLayer Layer => scope.Layer;

    /// <summary>
    /// Finds an entry: the live one, or the archived one after a restore; null if there is none or a temporary one has expired. Returns
    /// false if the entry is archived and cannot be restored.
    /// </summary>
    public bool Open<T>(string key, out T? entry)
        where T : EntryState
    {
        entry = Layer.Find<T>(key);
        if (entry is not null && IsExpired(entry))
        {
            if (entry is not ContractDataState { Persistent: false }) return scope.Rules.HasStateArchive && Restore(entry);
            entry = null;
            return true;
        }

        if (entry is not null) return true;
        if (scope.World.FindArchived(key) is not T archived) return true;
        if (!scope.Rules.HasStateArchive || !Restore(archived)) return false;
        entry = Layer.Find<T>(key);
        return true;
    }

    /// <summary>Writes an entry. If it did not exist or had expired, also writes its TTL entry.</summary>
    public void Write(EntryState entry)
    {
        Layer.Put(entry);
        string lifeKey = TimeToLiveState.KeyOf(entry.Key);
        if (Layer.Find<TimeToLiveState>(lifeKey) is { } life && life.Until >= scope.World.Ledger) return;

        // Balances and storage expire soon, so that some can be restored; code and instances usually do not expire.
        bool expires = entry is ContractDataState { StorageKey.Length: > 4 } || scope.Transaction.Customs.EvictsContracts;
        Layer.Put(Life(entry, scope.World.Ledger + (expires ? FirstLifeLedgers + (uint)scope.Dice.Below(100) : LongLifeLedgers)));
    }

    /// <summary>Removes an entry and its TTL entry.</summary>
    public void Remove(EntryState entry)
    {
        Layer.Remove(entry);
        if (Layer.Find(TimeToLiveState.KeyOf(entry.Key)) is { } life) Layer.Remove(life);
    }

    /// <summary>Extends the life of an entry.</summary>
    public void Extend(EntryState entry, uint until)
    {
        if (Layer.Find<TimeToLiveState>(TimeToLiveState.KeyOf(entry.Key)) is { } life && life.Until < until)
            Layer.Put(life with { Until = until });
    }

    public bool IsExpired(EntryState entry) => Layer.Find<TimeToLiveState>(
        TimeToLiveState.KeyOf(entry.Key)) is { } life && life.Until < scope.World.Ledger;

    /// <summary>Restores an archived or expired persistent entry and its TTL entry.</summary>
    public bool Restore(EntryState entry)
    {
        TimeToLiveState life = Life(entry, scope.World.Ledger + FirstLifeLedgers);
        if (scope.Rules.HasStateArchive)
        {
            Layer.Restore(entry);
            Layer.Restore(life);
        }
        else
        {
            Layer.Put(life);
        }

        return true;
    }

    /// <summary>Changes a contract's balance of an asset.</summary>
    public bool Add(byte[] holder, NetworkAsset asset, long amount)
    {
        string key = ContractBalanceState.KeyOf(asset.Contract, holder);
        if (!Open(key, out ContractBalanceState? balance)) return false;
        balance ??= new ContractBalanceState(asset.Contract, holder)
        {
            Clawback = asset.Issuer is { } issuer && Layer.Account(issuer) is { } account && (account.Flags & 8) != 0,
        };
        if (!balance.Authorized || balance.Amount + amount < 0) return false;
        Write(balance with { Amount = balance.Amount + amount });
        return true;
    }

    private static TimeToLiveState Life(EntryState entry, uint until) =>
        new(System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(entry.Key)), until);
}
