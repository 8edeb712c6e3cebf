using System.Buffers.Binary;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>
/// A table like trustline balances, and rows for it. A row is a function of its number, and keys are distributed like hashes.
/// </summary>
/// <remarks>
/// The table has the even numbers, so that half of a range of numbers exists; for COPY it has the same number of other rows, so that the
/// same range does not exist.
/// </remarks>
internal static class WriterRows
{
    /// <summary>Number of rows in the table before each measurement.</summary>
    public const int Held = 100_000;

    private const string Columns =
        "account_id, asset_id, balance, trust_limit, buying_liabilities, selling_liabilities, flags, last_modified_ledger";
    private const int Others = 1_000_000_000;

    public static CopyTable Table { get; } = new("public", "target", Columns.Split(", "));

    public static CopyTable Marked { get; } = new("public", "target", [.. Table.Columns, "is_gone"]);

    public static string Definition { get; } = """
        CREATE TABLE public.target (
          account_id bytea NOT NULL, asset_id uuid NOT NULL, balance bigint NOT NULL, trust_limit bigint NOT NULL, buying_liabilities bigint
            NOT NULL, selling_liabilities bigint NOT NULL,
          flags integer NOT NULL, last_modified_ledger bigint NOT NULL, PRIMARY KEY (account_id, asset_id)) WITH (fillfactor = 90)
        """;

    /// <summary>The rows of the table before a measurement.</summary>
    public static RowBatch Before(bool others, PagePool pool) =>
        Batch(Table, Enumerable.Range(0, Held).Select(row => (2 * row) + (others ? Others : 0)), 1, pool);

    /// <summary>
    /// Rows of one transaction: half of their keys exist, except for COPY; with markers, a quarter of the rows deletes its key.
    /// </summary>
    public static RowBatch Change(WriterVariant variant, int firstRow, int rows, PagePool pool) =>
        Batch(variant.HasMarker ? Marked : Table, Enumerable.Range(firstRow, rows), 2, pool);

    private static RowBatch Batch(CopyTable table, IEnumerable<int> numbers, long ledger, PagePool pool)
    {
        var pages = new List<RowPage>();
        using var writer = new RowPageWriter(table, pool);
        foreach (int number in numbers)
        {
            Write(writer, number, ledger);
            if (writer.ByteCount > RowPageWriter.DefaultPageBytes - 1024) pages.Add(writer.Take()!);
        }

        if (writer.Take() is { } last) pages.Add(last);
        return RowBatch.Create(pages);
    }

    private static void Write(RowPageWriter writer, int number, long ledger)
    {
        Span<byte> account = stackalloc byte[32];
        for (int offset = 0; offset < account.Length; offset += sizeof(ulong))
            BinaryPrimitives.WriteUInt64BigEndian(account[offset..], Mix(((ulong)number << 8) + (ulong)offset));
        writer.BeginRow();
        writer.WriteBytes(0, account);
        writer.WriteUuid(account[..16]);
        writer.WriteInt64(number);
        writer.WriteInt64(long.MaxValue);
        writer.WriteInt64(0);
        writer.WriteInt64(0);
        writer.WriteInt32(1);
        writer.WriteInt64(ledger);
        if (writer.Table.Columns.Count == Marked.Columns.Count) writer.WriteBoolean(number % 4 == 0);
        writer.EndRow();
    }

    /// <summary>The finalizer of SplitMix64, which mixes its input well.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
