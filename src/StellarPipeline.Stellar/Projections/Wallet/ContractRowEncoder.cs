using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Encodes the rows of balances that contracts hold, and records facts about contracts for the collector of parents.</summary>
internal sealed class ContractRowEncoder : IDisposable
{
    private readonly int checkpoint;
    private readonly RowPageWriter balances;
    private readonly byte[] lastContract = new byte[32];
    private readonly byte[] lastContractRow = new byte[DeterministicId.Bytes];
    private bool hasLastContract;

    public ContractRowEncoder(uint checkpoint, PagePool pages)
    {
        this.checkpoint = EntryRejectedException.ToInt32(checkpoint, "checkpoint");
        balances = new RowPageWriter(WalletTables.SacBalances, pages);
    }

    /// <summary>The writers. Their pages are taken at the end of a chunk.</summary>
    public IEnumerable<RowPageWriter> Writers => [balances];

    /// <summary>Writes a balance and records that its contract has one.</summary>
    public void WriteBalance(in ContractDataEntryView data, List<ContractFact> facts)
    {
        AssetContract.IsBalanceKey(data.Key, out ScAddressView holder);
        AssetContract.TryReadBalance(data.Value, out Int128 amount, out bool authorized, out bool clawback);
        ReadOnlySpan<byte> contract = data.Contract.Payload;
        ReadOnlySpan<byte> contractRow = RowOf(contract);
        balances.BeginRow();
        balances.WriteBytes((byte)StrKeyKind.Contract, holder.Payload);
        balances.WriteUuid(contractRow);
        balances.WriteNumeric(amount, AssetContract.Decimals);
        balances.WriteBoolean(authorized);
        balances.WriteBoolean(clawback);
        balances.WriteInt32(checkpoint);
        balances.EndRow();

        // The balances of a contract are neighbours: one fact is enough for all of them.
        var contractId = new Hash256(contract);
        if (facts.Count > 0 && facts[^1].Kind == ContractFactKind.HasBalance && facts[^1].Contract == contractId) return;
        facts.Add(new ContractFact { Contract = contractId, Kind = ContractFactKind.HasBalance });
    }

    /// <summary>Records the instance of an asset contract.</summary>
    public static void NoteAssetContract(in ContractDataEntryView data, List<ContractFact> facts)
    {
        AssetContract.TryFindAsset(data.Value.AsInstance(), out ReadOnlySpan<byte> stored, out ReadOnlySpan<byte> issuer);
        ReadOnlySpan<byte> code = stored.TrimEnd((byte)0);
        EntryRejectedException.ThrowIfNotText(code, "asset_code");
        var fact = new ContractFact
        {
            Contract = new Hash256(data.Contract.Payload), Kind = ContractFactKind.IsAssetContract,
            HashOrIssuer = new Hash256(issuer), CodeLength = (byte)code.Length
        };
        code.CopyTo(fact.Code);
        facts.Add(fact);
    }

    /// <summary>Records the instance of a contract with WASM code.</summary>
    public static void NoteWasmContract(in ContractDataEntryView data, List<ContractFact> facts) =>
        facts.Add(new ContractFact
        {
            Contract = new Hash256(data.Contract.Payload), Kind = ContractFactKind.IsWasmContract,
            HashOrIssuer = new Hash256(data.Value.AsInstance().WasmHash)
        });

    public void Dispose() => balances.Dispose();

    private ReadOnlySpan<byte> RowOf(ReadOnlySpan<byte> contract)
    {
        if (hasLastContract && contract.SequenceEqual(lastContract)) return lastContractRow;
        Span<byte> address = stackalloc byte[StrKey.KeyChars];
        StrKey.Encode(StrKeyKind.Contract, contract, address);
        DeterministicId.OfContract(address, lastContractRow);
        contract.CopyTo(lastContract);
        hasLastContract = true;
        return lastContractRow;
    }
}
