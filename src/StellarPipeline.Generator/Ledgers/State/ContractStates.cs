using System.Security.Cryptography;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>An entry of contract storage.</summary>
/// <param name="Contract">The contract's id.</param>
/// <param name="StorageKey">An encoded SCVal.</param>
/// <param name="Persistent">Whether an expired entry is archived (true) or lost (false).</param>
internal record ContractDataState(byte[] Contract, byte[] StorageKey, bool Persistent) : EntryState
{
    public byte[] Value { get; init; } = [];

    /// <summary>The key of the entry's TTL entry: SHA-256 of the entry's LedgerKey.</summary>
    public byte[] TimeToLiveHash => SHA256.HashData(Convert.FromHexString(Key));

    public static string InstanceKeyOf(byte[] contract) => new ContractDataState(contract, ScValueXdr.InstanceKey(), true).Key;

    protected virtual byte[] StoredValue => Value;

    protected sealed override EntryBuilder Builder() => new ContractDataBuilder
    {
        Contract = ScAddressXdr.Contract(Contract),
        StorageKey = StorageKey,
        Persistent = Persistent,
        Value = StoredValue,
    };
}

/// <summary>An asset contract's balance of a holder that is a contract.</summary>
/// <param name="Contract">The asset contract's id.</param>
/// <param name="Holder">The holder's contract id.</param>
internal sealed record ContractBalanceState(byte[] Contract, byte[] Holder) : ContractDataState(
    Contract, StellarAssetContractXdr.BalanceKey(Holder), true)
{
    public Int128 Amount { get; init; }

    public bool Authorized { get; init; } = true;

    public bool Clawback { get; init; }

    public static string KeyOf(byte[] contract, byte[] holder) => new ContractBalanceState(contract, holder).Key;

    protected override byte[] StoredValue => StellarAssetContractXdr.Balance(Amount, Authorized, Clawback);
}

/// <summary>A contract's code.</summary>
internal sealed record CodeState(byte[] Code) : EntryState
{
    public byte[] Hash => SHA256.HashData(Code);

    protected override EntryBuilder Builder() => new ContractCodeBuilder { Code = Code };
}

/// <summary>The TTL entry of a contract entry.</summary>
/// <param name="Hash">SHA-256 of the contract entry's LedgerKey.</param>
/// <param name="Until">The last ledger in which the contract entry is live.</param>
internal sealed record TimeToLiveState(byte[] Hash, uint Until) : EntryState
{
    public static string KeyOf(string entryKey) => new TimeToLiveState(SHA256.HashData(Convert.FromHexString(entryKey)), 0).Key;

    protected override EntryBuilder Builder() => new TimeToLiveBuilder { KeyHash = Hash, LiveUntilLedger = Until };
}
