using System.Collections.Concurrent;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections;

/// <summary>
/// Decodes the entries of a chunk and passes each view to the encoder of every projection: one synchronous loop without allocations per
/// entry.
/// </summary>
/// <remarks>
/// Input: a chunk of whole entries, which returns to its pool. Output: their rows, in the same order. May run on several workers. Failure:
/// the first entry that is not valid, or has a value that cannot be stored, ends the load; the error names bucket, byte offset and field.
/// </remarks>
internal sealed class EntryDecoder(IReadOnlyList<IProjection<LedgerEntryView>> projections, PagePool pages, CheckpointEntrySource source)
    : IDisposable
{
    private readonly ConcurrentBag<IRowEncoder<LedgerEntryView>[]> encoders = [];

    public ProjectedChunk Decode(EntryChunk chunk)
    {
        // A block has no state per worker: encoders are taken at the start of a chunk and returned at its end.
        if (!encoders.TryTake(out IRowEncoder<LedgerEntryView>[]? worker))
            worker = [.. projections.Select(projection => projection.CreateEncoder(pages))];
        var place = new EntryPlace(source, chunk.First, chunk.Last);
        ProjectedRows[] parts = [
            .. projections.Select(projection => new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count) { Location = place })];
        try
        {
            using (chunk)
            {
                LedgerEntryAction encode = worker.Length == 1 ? worker[0].Encode : (in LedgerEntryView entry) =>
                {
                    foreach (IRowEncoder<LedgerEntryView> encoder in worker) encoder.Encode(entry);
                };
                source.DecodeEach<EntryRejectedException>(chunk, encode);
            }

            for (int index = 0; index < parts.Length; index++) worker[index].Flush(parts[index]);
            return new ProjectedChunk(parts);
        }
        finally
        {
            encoders.Add(worker);
        }
    }

    public void Dispose()
    {
        while (encoders.TryTake(out IRowEncoder<LedgerEntryView>[]? worker))
        {
            foreach (IRowEncoder<LedgerEntryView> encoder in worker) encoder.Dispose();
        }
    }
}
