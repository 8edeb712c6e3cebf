using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes a few contracts that a loader could mistake for something else.</summary>
/// <remarks>
/// Each could exist on a real network: a contract can store any value, but only the network itself creates instances of asset contracts,
/// and an instance's key always has an instance as its value.
/// </remarks>
internal sealed class EdgeContractPass(GeneratorContext context, ContractEmitter emitter)
{
    private readonly byte[] issuer = FirstAccount(context);

    /// <summary>Live entries with the shape of an asset contract's balance, whatever their contract is.</summary>
    public long Balances { get; private set; }

    /// <summary>Contracts for which a row of contract_tokens is expected.</summary>
    public long Tokens { get; private set; }

    public IEnumerable<(byte[] Id, Action<byte[]> Emit)> Plan()
    {
        if (!context.Options.EdgeCases || context.Options.SacContracts == 0) yield break;
        byte[] gone = DerivedIds.AssetContract(context.NetworkId, AssetXdr.Credit("GONE", issuer));
        byte[] trueInstance = StellarAssetContractXdr.Instance("GONE", issuer, StrKey.Encode(StrKeyKind.Account, issuer));

        // The native asset's contract: its instance and balances yield no rows.
        yield return Contract(
            DerivedIds.AssetContract(context.NetworkId, AssetXdr.Native()), 0, 0, Instance(StellarAssetContractXdr.NativeInstance()),
            Balance(1), Balance(2));

        // Forged: contracts with their own code that store the same as an asset contract, without and with a balance.
        byte[] forged = StellarAssetContractXdr.Instance(
            "GONE", issuer, StrKey.Encode(StrKeyKind.Account, issuer), executable: ExecutableXdr.Wasm(Invent(4)));
        yield return Contract(Invent(1), 0, 1, Instance(forged));
        yield return Contract(Invent(2), 1, 1, Instance(forged), Balance(1));

        // Archived: the instance is deleted, its balances remain.
        yield return Contract(gone, 2, 1, Instance(trueInstance) with { IsDead = true }, Balance(1), Balance(2));

        // WASM code that stores balances of the same shape.
        yield return Contract(Invent(3), 2, 1, Instance(ScValueXdr.WasmInstance(Invent(4))), Balance(1), Balance(2));

        // Almost balances: temporary, negative, incomplete, unsigned amount, held by an account, one more element in the key.
        byte[] balance = StellarAssetContractXdr.Balance(5);
        byte[] incomplete =
            ScValueXdr.Map((ScValueXdr.Symbol("amount"), ScValueXdr.I128(5)), (ScValueXdr.Symbol("authorized"), ScValueXdr.Bool(true)));
        byte[] unsigned = ScValueXdr.Map(
            (ScValueXdr.Symbol("amount"), ScValueXdr.U128(5)), (ScValueXdr.Symbol("authorized"), ScValueXdr.Bool(true)),
            (ScValueXdr.Symbol("clawback"), ScValueXdr.Bool(true)));
        byte[] longKey =
            ScValueXdr.Vec(ScValueXdr.Symbol("Balance"), ScValueXdr.Address(ScAddressXdr.Contract(Invent(9))), ScValueXdr.Void());
        yield return Contract(
            Invent(5),
            0,
            0,
            Balance(1) with { Persistent = false },
            Balance(2) with { Value = StellarAssetContractXdr.Balance(-5) },
            Balance(3) with { Value = incomplete },
            Balance(4) with { Value = unsigned },
            new EdgeEntry(StellarAssetContractXdr.BalanceKeyOfAddress(ScAddressXdr.Account(issuer)), balance),
            new EdgeEntry(longKey, balance));

        // An instance whose executable refers to another contract, and that contract, which names the code (CAP-85).
        if (context.Options.Protocol < StellarProtocols.ExternalExecutables) yield break;
        byte[] external =
            ScValueXdr.Instance(ExecutableXdr.ExternalReference(ScAddressXdr.Contract(Invent(8)), "release"), hasStorage: false);
        yield return Contract(Invent(7), 0, 0, Instance(external));
        yield return Contract(
            Invent(8), 0, 1, Instance(ScValueXdr.WasmInstance(Invent(4))),
            new EdgeEntry(ScValueXdr.ExecutableTag("release"), ScValueXdr.Bytes(Invent(10))));
    }

    private static byte[] FirstAccount(GeneratorContext context)
    {
        byte[] id = new byte[32];
        if (context.Accounts.Live > 0) context.Accounts.WriteLiveId(0, id);
        return id;
    }

    private static EdgeEntry Instance(byte[] value) => new(ScValueXdr.InstanceKey(), value);

    private EdgeEntry Balance(int holder) =>
        new(StellarAssetContractXdr.BalanceKey(Invent(100 + holder)), StellarAssetContractXdr.Balance(1_000 * holder));

    private byte[] Invent(int ordinal)
    {
        byte[] id = new byte[32];
        new Entropy(context.Hash(Domain.Special, ordinal)).Fill(id);
        return id;
    }

    private (byte[] Id, Action<byte[]> Emit) Contract(byte[] id, int balances, int tokens, params EdgeEntry[] entries)
    {
        ContractDataBuilder[] builders = Array.ConvertAll(entries, entry => new ContractDataBuilder
        {
            Contract = ScAddressXdr.Contract(id),
            StorageKey = entry.Key,
            Persistent = entry.Persistent,
            Value = entry.Value,
        });
        Array.Sort(builders, entries, Comparer<ContractDataBuilder>.Create(static (left, right) =>
            LedgerKeyOrder.Compare(
                LedgerEntryType.ContractData, left.Key().AsSpan(4), LedgerEntryType.ContractData, right.Key().AsSpan(4))));
        return (id, _ =>
        {
            for (int index = 0; index < builders.Length; index++)
            {
                ulong hash = Entropy.Mix(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(id) + (ulong)index);
                emitter.Emit(new FixedPass(builders[index]), hash, entries[index].IsDead);
            }

            Balances += balances;
            Tokens += tokens;
        }
        );
    }

    private sealed record EdgeEntry(byte[] Key, byte[] Value)
    {
        public byte[] Value { get; init; } = Value;

        public bool Persistent { get; init; } = true;

        public bool IsDead { get; init; }
    }
}
