using System.Text;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Collects the parent rows: assets, contract tokens, codes and contracts, each once.</summary>
/// <remarks>
/// All entries of a contract are neighbours in key order, its balances before its instance. So only one open contract must be remembered.
/// Codes come after all contract data. Contracts are kept until the end (64 bytes each), because only contracts whose code exists become
/// rows.
/// </remarks>
internal sealed class WalletParents(TrustlineAssetTable assets, PagePool pages) : IDisposable
{
    /// <summary>
    /// Size at which a page is sent, so that pages stay small compared to the byte budget. It leaves room for the next row.
    /// </summary>
    private const int PageBytes = RowPageWriter.DefaultPageBytes - (6 * 1024);

    /// <summary>64 KB, below the large object heap: one growing list would leave as much garbage there as it holds.</summary>
    private const int ContractsPerSegment = 1_000;

    private readonly RowPageWriter tokens = new(WalletTables.ContractTokens, pages);
    private readonly List<RowPage> finished = [];
    private readonly List<TokenUpdate> updates = [];
    private readonly List<List<(Hash256 Contract, Hash256 Code)>> contracts = [];
    private readonly HashSet<Hash256> codes = [];
    private Hash256 openContract;
    private ContractFact openInstance;
    private int assetsReturned;
    private bool hasOpenContract;
    private bool isOpenContractReturned;
    private bool hasOpenInstance;
    private bool hasOpenBalances;
    private TokenMetadata? openToken;

    /// <summary>Takes the facts of one chunk, in key order.</summary>
    public void Take(WalletFacts facts)
    {
        int token = 0;
        foreach (ref readonly ContractFact fact in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(facts.Contracts))
        {
            if (!hasOpenContract || fact.Contract != openContract)
            {
                CloseContract();
                TakePage(tokens, finished, PageBytes);
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

            // Tokens are in the same order as the facts, but not every fact has one.
            if (token < facts.Tokens.Count && facts.Tokens[token].Contract == fact.Contract) openToken = facts.Tokens[token++];
        }

        foreach (Hash256 code in facts.Codes) codes.Add(code);
    }

    /// <summary>Hashes of the codes.</summary>
    public IReadOnlyCollection<Hash256> Codes => codes;

    /// <summary>
    /// Contracts with WASM code, whether their code was among the entries or not. Complete after the rows of the end were returned.
    /// </summary>
    public IEnumerable<Hash256> ContractsWithCode => contracts.SelectMany(segment => segment).Select(contract => contract.Contract);

    /// <summary>Contracts with WASM code whose name was found.</summary>
    public long TokensDescribed { get; private set; }

    /// <summary>Contracts with WASM code whose name was not found.</summary>
    public long TokensUnknown { get; private set; }

    /// <summary>See <see cref="WalletProjection.WantsProvedAssets"/>.</summary>
    public bool WantsProvedAssets { get; set; }

    /// <summary>Whether contracts are kept in <see cref="OfOtherCode"/>.</summary>
    public bool KeepsContractsOfOtherCode { get; set; }

    /// <summary>
    /// Contracts whose code was not among the entries; it may be in the database. Complete after the rows of the end were returned.
    /// </summary>
    public List<(Hash256 Contract, Hash256 Code)> OfOtherCode { get; } = [];

    /// <summary>Contracts with balances that are not proved to be asset contracts.</summary>
    public UnprovedContracts Unproved { get; } = new();

    /// <summary>
    /// Returns parents: full pages after every page of children, the parents that a batch may refer to before that batch, and the rest at
    /// the end.
    /// </summary>
    public void TakeLate(LateRowsMoment moment, CopyTable? table, ICollection<RowPage> rows)
    {
        foreach (RowPage page in finished) rows.Add(page);
        finished.Clear();
        if (moment == LateRowsMoment.BeforeBatch) CollectFor(table!, rows);
        if (moment == LateRowsMoment.End) Complete(rows);
    }

    /// <summary>Updates rows that were returned before their contract was completely known.</summary>
    public async Task UpdateAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        if (updates.Count == 0) return;
        const string Names = "k(id, type, code, issuer, name, symbol, decimals)";
        string sql = $"""
            UPDATE {load.Resolve(WalletTables.ContractTokens).QualifiedName} AS t
            SET type = k.type, code = k.code, issuer = k.issuer, name = k.name, symbol = k.symbol, decimals = k.decimals
            FROM ROWS FROM (pg_catalog.unnest($1::uuid[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]),
              pg_catalog.unnest($4::text[]),
              pg_catalog.unnest($5::text[]), pg_catalog.unnest($6::text[]), pg_catalog.unnest($7::integer[])) AS {Names}
            WHERE t.id = k.id
            """;
        object[] columns =
        [
            updates.Select(update => update.Id).ToArray(), updates.Select(update => update.Type).ToArray(),
            updates.Select(update => update.Code).ToArray(),
            updates.Select(update => update.Issuer).ToArray(), updates.Select(update => update.Name).ToArray(),
            updates.Select(update => update.Symbol).ToArray(),
            updates.Select(update => update.Decimals).ToArray(),
        ];
        await load.RunAsync(sql, columns, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the parents that the rows of a table may refer to by now.</summary>
    private void CollectFor(CopyTable child, ICollection<RowPage> rows)
    {
        if (child.Equals(WalletTables.TrustlineBalances)) CompleteAssets(rows);
        if (!child.Equals(WalletTables.SacBalances)) return;

        // The open contract has balances, but its instance comes later: its row is written with what is known.
        if (hasOpenContract && !isOpenContractReturned)
        {
            WriteContract(openContract, isWasm: false, isAsset: false);
            isOpenContractReturned = true;
        }

        TakePage(tokens, rows, 1);
    }

    private void Complete(ICollection<RowPage> rows)
    {
        CloseContract();
        CompleteAssets(rows);
        TakePage(tokens, rows, 1);
        CompleteCodes(rows);
        CompleteContracts(rows);
    }

    public void Dispose()
    {
        foreach (RowPage page in finished) page.Dispose();
        tokens.Dispose();
    }

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
        foreach (Hash256 code in codes)
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
        foreach ((Hash256 contract, Hash256 code) in contracts.SelectMany(segment => segment))
        {
            if (!codes.Contains(code))
            {
                if (KeepsContractsOfOtherCode) OfOtherCode.Add((contract, code));
                continue;
            }

            WriteContractOfCode(writer, contract, code);
            TakePage(writer, rows, PageBytes);
        }

        TakePage(writer, rows, 1);
    }

    /// <summary>Writes a row of protocol_contracts.</summary>
    public static void WriteContractOfCode(RowPageWriter writer, Hash256 contract, Hash256 code)
    {
        writer.BeginRow();
        writer.WriteBytes(contract);
        writer.WriteBytes(code);
        writer.EndRow();
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

        // Also if its balances will be deleted: balances in an open batch need their parent until both are deleted.
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

    private static Guid RowOf(Hash256 contract)
    {
        Span<byte> address = stackalloc byte[StrKey.KeyChars];
        StrKey.Encode(StrKeyKind.Contract, contract, address);
        Span<byte> id = stackalloc byte[DeterministicId.Bytes];
        DeterministicId.OfContract(address, id);
        return new Guid(id, bigEndian: true);
    }

    private void Remember(Hash256 contract, Hash256 code)
    {
        if (contracts.Count == 0 || contracts[^1].Count == ContractsPerSegment) contracts.Add(new(ContractsPerSegment));
        contracts[^1].Add((contract, code));
    }

    private void WriteContract(Hash256 contract, bool isWasm, bool isAsset)
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
        Guid row = RowOf(openContract);
        string? code = isWasm ? null : Encoding.UTF8.GetString(((ReadOnlySpan<byte>)openInstance.Code)[..openInstance.CodeLength]);
        string? issuer = isWasm ? null : StrKey.Encode(StrKeyKind.Account, openInstance.HashOrIssuer);
        updates.Add(isWasm
            ? new TokenUpdate(row, "UNKNOWN", null, null, openToken?.Name, openToken?.Symbol, openToken?.Decimals ?? 0)
            : new TokenUpdate(row, "SAC", code, issuer, $"{code}:{issuer}", code, AssetContract.Decimals));
    }

    private void WriteAssetColumns()
    {
        ReadOnlySpan<byte> code = ((ReadOnlySpan<byte>)openInstance.Code)[..openInstance.CodeLength];
        Span<byte> name = stackalloc byte[AssetName.MaxBytes];
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

    private readonly record struct TokenUpdate(
        Guid Id, string Type, string? Code, string? Issuer, string? Name, string? Symbol, int Decimals);
}
