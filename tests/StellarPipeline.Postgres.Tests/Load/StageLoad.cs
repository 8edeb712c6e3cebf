using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Load;

/// <summary>Loads through a <see cref="BulkLoad"/> in a few words.</summary>
internal static class StageLoad
{
    public static readonly CopyTable Parent = new("p", "id");
    public static readonly CopyTable Child = new("c", "p_id");

    public static RowPage Page(PagePool pool, CopyTable table, params IReadOnlyList<int> values) =>
        Page(pool, table, values, static (writer, value) => writer.WriteInt32(value));

    public static RowPage Page<T>(PagePool pool, CopyTable table, IReadOnlyList<T> values, Action<RowPageWriter, T> write)
    {
        using var writer = new RowPageWriter(table, pool, 64);
        foreach (T value in values)
        {
            writer.BeginRow();
            write(writer, value);
            writer.EndRow();
        }

        return writer.Take()!;
    }

    /// <summary>Opens a load for the tables of the pages, sends them, commits. The tables of the request do not matter.</summary>
    public static async Task LoadAsync(NpgsqlDataSource database, LoadRequest? request, params IReadOnlyList<RowPage> pages)
    {
        await using BulkLoad stage = await BulkLoad.OpenAsync(
            database, (request ?? new LoadRequest { Tables = [] }) with { Tables = [.. pages.Select(page => page.Table).Distinct()] });
        await SendAsync(stage, pages);
        await stage.CommitAsync();
    }

    public static async Task SendAsync(BulkLoad stage, params IReadOnlyList<RowPage> pages)
    {
        using LoadProducer producer = stage.AddProducer();
        foreach (RowPage page in pages) await producer.SendAsync(page);
        producer.Complete();
    }
}
