using StellarPipeline.Archive.Buckets;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Harness;

/// <summary>The client's hot loop on chunks in memory: decode, classify, encode; pages are returned to their pool.</summary>
internal static class EncodeLoop
{
    /// <summary>Processes all chunks once.</summary>
    /// <returns>Bytes of the rows.</returns>
    public static long Run(IReadOnlyList<EntryChunk> chunks, IProjection<LedgerEntryView> projection, IRowEncoder<LedgerEntryView> encoder)
    {
        long bytes = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk) encoder.Encode(LedgerEntryView.Parse(record.LedgerEntry));
            var projected = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
            encoder.Flush(projected);
            foreach (RowPage page in projected.Pages)
            {
                bytes += page.ByteCount;
                page.Dispose();
            }
        }

        return bytes;
    }
}
