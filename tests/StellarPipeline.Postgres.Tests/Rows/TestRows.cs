using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Rows;

/// <summary>Pages of a two-column table (id bigint, name text), for tests of what happens to them.</summary>
internal static class TestRows
{
    public const string CreateTable = "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL)";

    public static readonly CopyTable Table = new("item", "id", "name");

    public static RowPage Page(PagePool pool, long firstId, int rows, int nameBytes = 10, object? location = null)
    {
        using var writer = new RowPageWriter(Table, pool);
        byte[] name = new byte[nameBytes];
        Array.Fill(name, (byte)'x');
        for (long id = firstId; id < firstId + rows; id++)
        {
            writer.BeginRow();
            writer.WriteInt64(id);
            writer.WriteText(name);
            writer.EndRow();
        }

        return writer.Take(location)!;
    }

    public static RowBatch Batch(PagePool pool, params (long FirstId, int Rows)[] pages) =>
        RowBatch.Create([.. pages.Select((page, index) => Page(pool, page.FirstId, page.Rows, location: $"page {index + 1}"))]);
}
