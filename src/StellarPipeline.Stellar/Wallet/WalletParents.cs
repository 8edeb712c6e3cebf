using System.Text;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Projection;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Wallet;

/// <summary>Gathers the parent rows: assets, contract tokens, codes and contracts, each once.</summary>
/// <remarks>
/// All entries of a contract are neighbours in key order, its balances before its instance, so one open contract is all that has to be remembered.
/// Codes come after all contract data: contracts are held back until the end (64 bytes each), since only those whose code exists become rows.
/// </remarks>
internal sealed class WalletParents(TrustlineAssetTable assets, PagePool pages) : IDisposable
{
    /// <summary>A page is handed on when it holds this much, so that pages stay small against the byte budget. Room is left for the next row.</summary>
    private const int PageBytes = RowPageWriter.PageBytesDefault - (6 * 1024);

    /// <summary>64 KB, below the large object heap: one growing list would leave as much garbage there as it holds.</summary>
    private const int ContractsPerSegment = 1_000;

    private readonly RowPageWriter tokens = new(WalletTables.ContractTokens, pages);
    private readonly List<List<(Hash32 Contract, Hash32 Code)>> contracts = [];
    private readonly HashSet<Hash32> codes = [];
    private Hash32 openContract;
    private ContractFact openInstance;
    private int assetsReturned;
    private bool hasOpenContract;
    private bool isOpenContractReturned;
    private bool hasOpenInstance;
    private bool hasOpenBalances;
    private TokenMetadata? openToken;

    /// <summary>Takes the facts of one chunk, in key order.</summary>
    public void Take(WalletFacts facts, ICollection<RowPage> rows)
    {
        int token = 0;
        foreach (ref readonly ContractFact fact in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(facts.Contracts))
        {
            if (!hasOpenContract || fact.Contract != openContract)
            {
                CloseContract();
                TakePage(tokens, rows, PageBytes);
                openContract = fact.Contract;
                hasOpenContract = true;
                hasOpenBalances = false;
            }

            if (fact.Kind == ContractFactKind.HasBalance)
            {
                hasOpenBalances = true;
                continue;
            }

            openInstance = fact;
            hasOpenInstance = true;

            // In the same order as the facts, but not one for each.
            if (token < facts.Tokens.Count && facts.Tokens[token].Contract == fact.Contract) openToken = facts.Tokens[token++];
        }

        foreach (Hash32 code in facts.Codes) codes.Add(code);
    }

    /// <summary>Contracts with WASM code whose name was found.</summary>
    public long TokensDescribed { get; private set; }

    /// <summary>Contracts with WASM code whose name was not found.</summary>
    public long TokensUnknown { get; private set; }

    /// <summary>See <see cref="WalletProjection.WantsProvedAssets"/>.</summary>
    public bool WantsProvedAssets { get; set; }

    /// <summary>Contracts with balances that are not proved to be an asset's.</summary>
    public UnprovedContracts Unproved { get; } = new();

    /// <summary>What was learnt about contracts after their rows were returned.</summary>
    public List<ParentUpdate> Updates { get; } = [];

    /// <summary>Returns the parents that rows of a table may refer to by now.</summary>
    public void CollectFor(CopyTable child, ICollection<RowPage> rows)
    {
        if (child.Equals(WalletTables.TrustlineBalances)) CompleteAssets(rows);
        if (!child.Equals(WalletTables.SacBalances)) return;

        // The open contract has balances, but its instance is still to come: it is written as what it is known to be.
        if (hasOpenContract && !isOpenContractReturned)
        {
            WriteContract(openContract, isWasm: false, isAsset: false);
            isOpenContractReturned = true;
        }

        TakePage(tokens, rows, 1);
    }

    /// <summary>Returns what is left, parents before children.</summary>
    public void Complete(ICollection<RowPage> rows)
    {
        CloseContract();
        CompleteAssets(rows);
        TakePage(tokens, rows, 1);
        CompleteCodes(rows);
        CompleteContracts(rows);
    }

    public void Dispose() => tokens.Dispose();

    private void CompleteAssets(ICollection<RowPage> rows)
    {
        using var writer = new RowPageWriter(WalletTables.TrustlineAssets, pages);
        for (int count = assets.Count; assetsReturned < count; assetsReturned++)
        {
            WriteAsset(writer, assetsReturned);
            TakePage(writer, rows, PageBytes);
        }

        TakePage(writer, rows, 1);
    }

    private void CompleteCodes(ICollection<RowPage> rows)
    {
        using var writer = new RowPageWriter(WalletTables.ProtocolWasms, pages);
        foreach (Hash32 code in codes)
        {
            writer.BeginRow();
            writer.WriteBytes(code);
            writer.EndRow();
        }

        TakePage(writer, rows, 1);
    }

    private void CompleteContracts(ICollection<RowPage> rows)
    {
        using var writer = new RowPageWriter(WalletTables.ProtocolContracts, pages);
        foreach ((Hash32 contract, Hash32 code) in contracts.SelectMany(segment => segment))
        {
            if (!codes.Contains(code)) continue;
            writer.BeginRow();
            writer.WriteBytes(contract);
            writer.WriteBytes(code);
            writer.EndRow();
            TakePage(writer, rows, PageBytes);
        }

        TakePage(writer, rows, 1);
    }

    private static void TakePage(RowPageWriter writer, ICollection<RowPage> rows, int fromBytes)
    {
        if (writer.ByteCount >= fromBytes && writer.Take() is { } page) rows.Add(page);
    }

    private void WriteAsset(RowPageWriter writer, int index)
    {
        Span<byte> issuer = stackalloc byte[StrKey.KeyChars];
        StrKey.Encode(StrKeyKind.Account, assets.Issuer(index), issuer);
        writer.BeginRow();
        writer.WriteUuid(assets.Id(index));
        writer.WriteText(assets.Code(index));
        writer.WriteText(issuer);
        writer.EndRow();
    }

    private void CloseContract()
    {
        if (!hasOpenContract) return;
        hasOpenContract = false;
        bool isWasm = hasOpenInstance && openInstance.Kind == ContractFactKind.IsWasmContract;
        bool isAsset = hasOpenInstance && !isWasm;
        hasOpenInstance = false;
        if (isWasm)
        {
            Remember(openContract, openInstance.HashOrIssuer);
            if (openToken is null) TokensUnknown++;
            else TokensDescribed++;
        }

        if (WantsProvedAssets && hasOpenBalances && !isAsset) NoteUnproved(isWasm);

        // Also where its balances are left out: those that wait in an open batch want their parent until they go together.
        if (!isOpenContractReturned) WriteContract(openContract, isWasm, isAsset);
        else if (isWasm || isAsset) NoteUpdate(isWasm);
        isOpenContractReturned = false;
        openToken = null;
    }

    private void NoteUnproved(bool isWasm)
    {
        Guid row = RowOf(openContract);
        Unproved.WithBalances.Add(row);
        if (!isWasm) Unproved.WithRowAlone.Add(row);
    }

    private static Guid RowOf(Hash32 contract)
    {
        Span<byte> address = stackalloc byte[StrKey.KeyChars];
        StrKey.Encode(StrKeyKind.Contract, contract, address);
        Span<byte> id = stackalloc byte[DeterministicId.Bytes];
        DeterministicId.OfContract(address, id);
        return new Guid(id, bigEndian: true);
    }

    private void Remember(Hash32 contract, Hash32 code)
    {
        if (contracts.Count == 0 || contracts[^1].Count == ContractsPerSegment) contracts.Add(new(ContractsPerSegment));
        contracts[^1].Add((contract, code));
    }

    private void WriteContract(Hash32 contract, bool isWasm, bool isAsset)
    {
        Span<byte> address = stackalloc byte[StrKey.KeyChars];
        StrKey.Encode(StrKeyKind.Contract, contract, address);
        Span<byte> id = stackalloc byte[DeterministicId.Bytes];
        DeterministicId.OfContract(address, id);
        tokens.BeginRow();
        tokens.WriteUuid(id);
        tokens.WriteText(address);
        tokens.WriteText(isWasm || (WantsProvedAssets && !isAsset) ? "UNKNOWN"u8 : "SAC"u8);
        if (isAsset) WriteAssetColumns();
        else if (isWasm && openToken is not null) WriteTokenColumns(openToken);
        else WriteUnknownColumns();
        tokens.EndRow();
    }

    private void NoteUpdate(bool isWasm)
    {
        string? code = isWasm ? null : Encoding.UTF8.GetString(((ReadOnlySpan<byte>)openInstance.Code)[..openInstance.CodeLength]);
        string? issuer = isWasm ? null : StrKey.Encode(StrKeyKind.Account, openInstance.HashOrIssuer);
        Updates.Add(new ParentUpdate(WalletTables.ContractTokens, "id", RowOf(openContract),
        [
            new("type", isWasm ? "UNKNOWN" : "SAC"), new("code", code), new("issuer", issuer), new("name", isWasm ? openToken?.Name : $"{code}:{issuer}"), new("symbol", isWasm ? openToken?.Symbol : code),
            new("decimals", isWasm ? openToken?.Decimals ?? 0 : AssetContract.Decimals),
        ]));
    }

    private void WriteAssetColumns()
    {
        ReadOnlySpan<byte> code = ((ReadOnlySpan<byte>)openInstance.Code)[..openInstance.CodeLength];
        Span<byte> name = stackalloc byte[AssetName.BytesMax];
        name = name[..AssetName.Write(code, openInstance.HashOrIssuer, name)];
        tokens.WriteText(code);
        tokens.WriteText(name[(code.Length + 1)..]);
        tokens.WriteText(name);
        tokens.WriteText(code);
        tokens.WriteInt32(AssetContract.Decimals);
    }

    private void WriteTokenColumns(TokenMetadata token)
    {
        tokens.WriteNull(); // code
        tokens.WriteNull(); // issuer
        tokens.WriteText(Encoding.UTF8.GetBytes(token.Name));
        tokens.WriteText(Encoding.UTF8.GetBytes(token.Symbol));
        tokens.WriteInt32(token.Decimals);
    }

    private void WriteUnknownColumns()
    {
        for (int column = 0; column < 4; column++) tokens.WriteNull(); // code, issuer, name, symbol
        tokens.WriteInt32(0);
    }
}
