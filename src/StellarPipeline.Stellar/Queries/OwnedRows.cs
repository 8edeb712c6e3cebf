using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads rows that an account owns, under a primary key of (owner, key), each with the row that its key refers to.</summary>
/// <typeparam name="TRow">Type of a row.</typeparam>
internal sealed class OwnedRows<TRow>
{
    // Longer than any key of these tables.
    private const int MaxCursorChars = 80;

    /// <summary>Where the queries run.</summary>
    public required QueryRunner Runner { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Prefix of the cursors of this list, so that a cursor of another list is rejected.</summary>
    public required string Mark { get; init; }

    /// <summary>Column of the owner.</summary>
    public string Owner { get; init; } = "account_id";

    /// <summary>Whether that column has the text of the address instead of its bytes.</summary>
    public bool OwnerIsText { get; init; }

    /// <summary>Column of the key.</summary>
    public required string Key { get; init; }

    /// <summary>Whether the key is a uuid instead of text.</summary>
    public bool KeyIsUuid { get; init; } = true;

    /// <summary>The columns to read, of b, the table, and of p, the row that it refers to.</summary>
    public required string Columns { get; init; }

    /// <summary>The table that it refers to.</summary>
    public required string Parent { get; init; }

    /// <summary>The primary key of <see cref="Parent"/>.</summary>
    public string ParentKey { get; init; } = "id";

    /// <summary>Reads a row.</summary>
    public required Func<NpgsqlDataReader, TRow> Read { get; init; }

    /// <summary>The key of a row, as text.</summary>
    public required Func<TRow, string> KeyOf { get; init; }

    /// <summary>One page of the rows that an account owns.</summary>
    /// <remarks>
    /// Scans the primary key in its order, no further than the page, then does one look-up for each row: nothing is sorted.
    /// </remarks>
    public async Task<KeyedPage<TRow>> ByAccountAsync(StellarAddress account, int limit, string? after, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        new PageRequest<EventCursor> { Limit = limit }.Check();
        var arguments = new Arguments();
        string who = OwnerIsText ? arguments.Add(account.Text) : arguments.Add(account.Stored);
        string beyond = after is null
            ? ""
            : $" AND b.{Key} > {(KeyIsUuid ? arguments.Add(Guid.ParseExact(KeyIn(after), "N")) : arguments.Add(KeyIn(after)))}";
        string text =
            $$"""
            SELECT {{Columns}}
            FROM (
                SELECT * FROM {schema}."{{Table}}" AS b
                WHERE b.{{Owner}} = {{who}}{{beyond}}
                ORDER BY b.{{Key}}
                LIMIT {{arguments.Add(limit + 1)}}
            ) AS b
            LEFT JOIN LATERAL (
                SELECT * FROM {schema}."{{Parent}}" AS p
                WHERE p.{{ParentKey}} = b.{{Key}}
                OFFSET 0
            ) AS p ON true
            ORDER BY b.{{Key}}
            """;
        List<TRow> rows = await Runner.RunAsync(
            new Query($"{Table}.by_account", Table, text), arguments.Values, ReadAllAsync, cancellationToken).ConfigureAwait(false);
        if (rows.Count <= limit) return new KeyedPage<TRow>(rows, null);
        rows.RemoveAt(limit);
        return new KeyedPage<TRow>(rows, $"{Mark}.{KeyOf(rows[^1])}");
    }

    private async Task<List<TRow>> ReadAllAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<TRow>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(Read(reader));
        return rows;
    }

    private string KeyIn(string cursor)
    {
        if (cursor.Length <= MaxCursorChars && cursor.StartsWith($"{Mark}.", StringComparison.Ordinal))
        {
            string key = cursor[(Mark.Length + 1)..];
            if (KeyIsUuid ? Guid.TryParseExact(key, "N", out _) : key.Length > 0 && key.All(char.IsAsciiLetterOrDigit)) return key;
        }

        throw QueryThrow.NoCursor(cursor);
    }
}
