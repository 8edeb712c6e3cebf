using System.Text;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Counts rows of state_changes by category and reason. There are few combinations.</summary>
internal sealed class StateChangeCounts
{
    private static readonly int Category = HistoryTables.StateChanges.Columns.ToList().IndexOf("state_change_category");
    private static readonly int Reason = HistoryTables.StateChanges.Columns.ToList().IndexOf("state_change_reason");

    private readonly List<Kind> kinds = [];

    private StateChangeCounts()
    {
    }

    /// <summary>An empty count.</summary>
    public static StateChangeCounts None { get; } = new();

    /// <summary>Counts the rows of pages.</summary>
    /// <param name="pages">Pages of any tables; pages of other tables are ignored.</param>
    public static StateChangeCounts Of(IEnumerable<RowPage> pages)
    {
        var counts = new StateChangeCounts();
        Span<RowField> fields = stackalloc RowField[HistoryTables.StateChanges.Columns.Count];
        foreach (RowPage page in pages)
        {
            if (!page.Table.Equals(HistoryTables.StateChanges)) continue;
            var cursor = new RowCursor(page);
            while (cursor.MoveNext(fields)) counts.Count(Bytes(page, fields[Category]), Bytes(page, fields[Reason]));
        }

        return counts;
    }

    /// <summary>Adds up counts.</summary>
    public static IReadOnlyList<(string Category, string Reason, long Rows)> Sum(IEnumerable<StateChangeCounts> counts) =>
        [.. counts.SelectMany(static one => one.kinds).GroupBy(
            static kind => (Encoding.UTF8.GetString(kind.Category), Encoding.UTF8.GetString(kind.Reason)),
            static (name, same) => (name.Item1, name.Item2, same.Sum(static kind => kind.Rows)))];

    private void Count(ReadOnlySpan<byte> category, ReadOnlySpan<byte> reason)
    {
        foreach (Kind kind in kinds)
        {
            if (!category.SequenceEqual(kind.Category) || !reason.SequenceEqual(kind.Reason)) continue;
            kind.Rows++;
            return;
        }

        kinds.Add(new Kind(category.ToArray(), reason.ToArray()) { Rows = 1 });
    }

    private static ReadOnlySpan<byte> Bytes(RowPage page, RowField field) =>
        field.IsNull ? default : page.Memory.Span.Slice(field.Offset, field.Length);

    private sealed class Kind(byte[] category, byte[] reason)
    {
        public byte[] Category { get; } = category;

        public byte[] Reason { get; } = reason;

        public long Rows { get; set; }
    }
}
