using System.Buffers.Text;
using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table sep41_allowances.</summary>
public sealed class Sep41Allowances
{
    private const string Table = "sep41_allowances";

    // Prefix of the cursors of this list. A cursor is the prefix and, in Base64url, the key: the spender, then the id of the token.
    private const string Mark = "al.";
    private const int KeyBytes = StellarAddress.Bytes + 16;

    private static readonly string[] Key = ["b.spender_id", "b.contract_id"];

    private readonly QueryRunner runner;

    internal Sep41Allowances(QueryRunner runner) => this.runner = runner;

    /// <summary>
    /// The allowances on an owner's tokens that have not expired by the newest ledger in the tables, ordered by spender and token.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    /// <exception cref="IngestCursorException">The cursor of the newest ledger is not a ledger.</exception>
    public async Task<KeyedPage<Sep41AllowanceRow>> GetByOwnerAsync(
        StellarAddress owner, int limit = 50, string? after = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(owner);
        new PageRequest<EventCursor> { Limit = limit }.Check();
        var arguments = new Arguments();
        string who = arguments.Add(owner.Stored);
        string beyond = after is null ? "" : Beyond(arguments, after);

        // Uses the primary key (owner_id, spender_id, contract_id) in its order, no further than the page. The newest ledger is read in the
        // same statement, so in the same snapshot; its text is returned, too, because it may not be a ledger.
        string text =
            $$"""
            SELECT b.owner_id, b.spender_id, b.contract_id, b.amount::text, b.expiration_ledger, b.last_modified_ledger, n.value,
              p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals
            FROM (
                SELECT * FROM {schema}."sep41_allowances" AS b
                WHERE b.owner_id = {{who}}{{beyond}}
                    AND b.expiration_ledger >= coalesce((SELECT {{IngestStore.LedgerSql("s.value")}}
                      FROM {schema}."ingest_store" AS s WHERE s.key = '{{IngestStore.Latest}}'), 0)
                ORDER BY {{Keyset.Order(Key, isDescending: false)}}
                LIMIT {{arguments.Add(limit + 1)}}
            ) AS b
            LEFT JOIN {schema}."ingest_store" AS n ON n.key = '{{IngestStore.Latest}}'
            LEFT JOIN LATERAL (
                SELECT * FROM {schema}."contract_tokens" AS p
                WHERE p.id = b.contract_id
                OFFSET 0
            ) AS p ON true
            ORDER BY {{Keyset.Order(Key, isDescending: false)}}
            """;
        List<(Sep41AllowanceRow Row, string Cursor)> rows = await runner.ListAsync(
            new Query($"{Table}.by_owner", Table, text), arguments.Values, Read, cancellationToken).ConfigureAwait(false);
        string? next = rows.Count > limit ? rows[limit - 1].Cursor : null;
        return new KeyedPage<Sep41AllowanceRow>([.. rows.Take(limit).Select(row => row.Row)], next);
    }

    private static string Beyond(Arguments arguments, string after)
    {
        byte[] key = new byte[KeyBytes];
        if (!after.StartsWith(Mark, StringComparison.Ordinal) || !Base64Url.IsValid(after.AsSpan(Mark.Length), out int length)
            || length != KeyBytes || Base64Url.DecodeFromChars(after.AsSpan(Mark.Length), key) != KeyBytes || Cursor(key) != after)
        {
            throw QueryThrow.NoCursor(after);
        }

        string spender = arguments.Add(key.AsMemory(0, StellarAddress.Bytes));
        return $" AND {Keyset.Beyond(Key, isDescending: false, [spender, arguments.Add(new Guid(key.AsSpan(StellarAddress.Bytes)))])}";
    }

    private static string Cursor(ReadOnlySpan<byte> key) => Mark + Base64Url.EncodeToString(key);

    private static (Sep41AllowanceRow Row, string Cursor) Read(NpgsqlDataReader reader)
    {
        if (!reader.IsDBNull(6)) IngestStore.Ledger(IngestStore.Latest, reader.GetString(6));
        return (
            new Sep41AllowanceRow(
                FieldText.Address(reader, 0), FieldText.Address(reader, 1), ContractTokens.Read(reader, 7), FieldText.Integer(reader, 3),
                reader.GetInt32(4), reader.GetInt32(5)),
            Cursor([.. reader.GetFieldValue<byte[]>(1), .. reader.GetGuid(2).ToByteArray()]));
    }
}
