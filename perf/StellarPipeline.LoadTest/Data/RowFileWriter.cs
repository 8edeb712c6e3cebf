using StellarPipeline.LoadTest.Layers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Data;

/// <summary>Writes the bytes that populate sends, in the same order, into one file per table for COPY FROM.</summary>
internal static class RowFileWriter
{
    public static async Task WriteAsync(Dataset dataset, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, FileStream>();
        try
        {
            foreach (CopyTable table in WalletTables.All)
            {
                FileStream file = File.Create(dataset.RowFile(table.Name), 1 << 20);
                files.Add(table.Name, file);
                await file.WriteAsync(CopyFormat.Header, cancellationToken);
            }

            await ClientWork.RunAsync(dataset.Archive, ClientDepth.Accumulate, async batch =>
            {
                foreach (RowPage page in batch.Pages) await files[batch.Table.Name].WriteAsync(page.Memory, cancellationToken);
            }, cancellationToken);
            foreach (FileStream file in files.Values) await file.WriteAsync(CopyFormat.Trailer, cancellationToken);
        }
        finally
        {
            foreach (FileStream file in files.Values) await file.DisposeAsync();
        }
    }
}
