using System.Buffers.Binary;
using System.Text;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The two tables, and their rows as batches for COPY.</summary>
/// <remarks>
/// The tables look like trustline balances: a child's primary key is its holder (33 bytes, distributed like hashes) and its parent's uuid;
/// every holder has four children. Children are in the order of their primary key, like the rows of a checkpoint, so their parents are in
/// no order; all parents have about the same number of children. A row is a function of its number, so every round sends the same bytes.
/// </remarks>
internal static class CostTables
{
    /// <summary>Rows of the parent table.</summary>
    public const int ParentRows = 50_000;

    private const int ChildrenPerHolder = 4;
    private const int HolderBytes = 33;
    private const int UuidBytes = 16;

    // Divides 250,000, so that a batch has exactly 250,000 rows.
    private const int RowsPerPage = 5_000;

    public static CopyTable Parents { get; } = new("parents", "id", "name");

    public static CopyTable Children { get; } = new("children", "holder", "parent", "balance", "upper_limit", "buying", "selling");

    /// <summary>Statements that create the tables.</summary>
    /// <param name="withForeignKey">False for the baseline.</param>
    public static string Definition(bool withForeignKey)
    {
        string key = withForeignKey
            ? ",\n  CONSTRAINT children_parent_fkey FOREIGN KEY (parent) REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED"
            : "";
        return $"""
            CREATE TABLE parents (id uuid PRIMARY KEY, name text NOT NULL);
            CREATE TABLE children (
              holder bytea NOT NULL, parent uuid NOT NULL, balance bigint NOT NULL, upper_limit bigint NOT NULL, buying bigint NOT NULL,
                selling bigint NOT NULL,
              PRIMARY KEY (holder, parent){key});
            """;
    }

    /// <summary>All batches of one load in sending order. The caller owns them.</summary>
    /// <param name="children">Rows of the child table.</param>
    /// <param name="parentsFirst">Whether parents come before the children.</param>
    /// <param name="pool">The pool of the pages.</param>
    public static IReadOnlyList<RowBatch> Encode(int children, bool parentsFirst, PagePool pool)
    {
        List<RowBatch> parentBatches = Encode(Parents, ParentRows, WriteParent, pool);
        List<RowBatch> childBatches = Encode(Children, children, WriteChild, pool);
        return parentsFirst ? [.. parentBatches, .. childBatches] : [.. childBatches, .. parentBatches];

        void WriteChild(RowPageWriter writer, int row) => CostTables.WriteChild(writer, row, children);
    }

    private static List<RowBatch> Encode(CopyTable table, int rows, Action<RowPageWriter, int> write, PagePool pool)
    {
        var batches = new List<RowBatch>();
        using var accumulator = new RowAccumulator();
        using var writer = new RowPageWriter(table, pool);
        for (int row = 0; row < rows; row++)
        {
            write(writer, row);
            if (writer.RowCount == RowsPerPage) batches.AddRange(accumulator.Append(writer.Take()!));
        }

        if (writer.Take() is { } last) batches.AddRange(accumulator.Append(last));
        batches.AddRange(accumulator.Drain([table]));
        return batches;
    }

    private static void WriteParent(RowPageWriter writer, int row)
    {
        Span<byte> id = stackalloc byte[UuidBytes];
        SpreadKey(id, row, ParentRows);
        Span<byte> name = stackalloc byte[16];
        Encoding.ASCII.TryGetBytes(FormattableString.Invariant($"asset {row:D6}"), name, out int nameBytes);
        writer.BeginRow();
        writer.WriteUuid(id);
        writer.WriteText(name[..nameBytes]);
        writer.EndRow();
    }

    private static void WriteChild(RowPageWriter writer, int row, int children)
    {
        // The parents of a holder's four children are from four different quarters in ascending order, so they are distinct and sorted.
        const int Quarter = ParentRows / ChildrenPerHolder;
        int parentRow = (row % ChildrenPerHolder * Quarter) + (int)(Mix((ulong)row) % Quarter);
        Span<byte> holder = stackalloc byte[HolderBytes - 1];
        Span<byte> parent = stackalloc byte[UuidBytes];
        SpreadKey(holder, row / ChildrenPerHolder, (children + ChildrenPerHolder - 1) / ChildrenPerHolder);
        SpreadKey(parent, parentRow, ParentRows);
        writer.BeginRow();
        writer.WriteBytes(0, holder);
        writer.WriteUuid(parent);
        writer.WriteInt64((long)(Mix((ulong)row + 1) >> 1));
        writer.WriteInt64(long.MaxValue);
        writer.WriteInt64(0);
        writer.WriteInt64(0);
        writer.EndRow();
    }

    /// <summary>Fills a key that looks like a hash but sorts by its number: evenly spaced first bytes, then mixed ones.</summary>
    private static void SpreadKey(Span<byte> key, int number, int count)
    {
        BinaryPrimitives.WriteUInt64BigEndian(key, (ulong)number * (ulong.MaxValue / (ulong)count));
        for (int offset = sizeof(ulong); offset < key.Length; offset += sizeof(ulong))
            BinaryPrimitives.WriteUInt64BigEndian(key[offset..], Mix(((ulong)number << 8) + (ulong)offset));
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
