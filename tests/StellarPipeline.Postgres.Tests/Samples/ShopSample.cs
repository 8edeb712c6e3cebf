using System.Threading.Tasks.Dataflow;
using Npgsql;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Samples;

// sample: begin
internal sealed record Order(long Id, long CustomerId, string[] Articles, bool IsLastOfCustomer);

internal static class ShopSample
{
    // A cycle: a customer names its last order, an order its customer. Lines name their order.
    private static readonly CopyTable Customers = new("customers", "id", "last_order_id");
    private static readonly CopyTable Orders = new("orders", "id", "customer_id");
    private static readonly CopyTable Lines = new("order_lines", "order_id", "article");

    public static async Task LoadAsync(NpgsqlDataSource database, IAsyncEnumerable<Order> orders, CancellationToken cancellationToken)
    {
        var pool = new PagePool();
        await using BulkLoad load = await BulkLoad.OpenAsync(database, [Customers, Orders, Lines], cancellationToken);
        ITargetBlock<Order> encode = load.AddEncoder<Order>(order => Encode(order, pool));
        try
        {
            // Cancelled when you cancel, and when the load fails.
            await foreach (Order order in orders.WithCancellation(load.Token))
            {
                if (!await encode.SendAsync(order, load.Token)) break;
            }
        }
        catch (Exception error)
        {
            load.Fail(error); // The first error counts: when the load itself has failed, this one does nothing.
        }

        encode.Complete();
        await load.CommitAsync(cancellationToken); // Has committed, or throws the first error.
    }

    private static List<RowPage> Encode(Order order, PagePool pool)
    {
        using RowPageWriter customers = new(Customers, pool, 64), orders = new(Orders, pool, 64), lines = new(Lines, pool, 64);
        if (order.IsLastOfCustomer) Write(customers, order.CustomerId, writer => writer.WriteInt64(order.Id));
        Write(orders, order.Id, writer => writer.WriteInt64(order.CustomerId));
        foreach (string article in order.Articles)
            Write(lines, order.Id, writer => writer.WriteText(System.Text.Encoding.UTF8.GetBytes(article)));
        return [.. new[] { customers.Take(), orders.Take(), lines.Take() }.OfType<RowPage>()];
    }

    private static void Write(RowPageWriter writer, long key, Action<RowPageWriter> rest)
    {
        writer.BeginRow();
        writer.WriteInt64(key);
        rest(writer);
        writer.EndRow();
    }
}
// sample: end
