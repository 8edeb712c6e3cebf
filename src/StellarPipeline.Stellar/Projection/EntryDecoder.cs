using System.Collections.Concurrent;
using StellarPipeline.Archive;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Projection;

/// <summary>Decodes the entries of a chunk and hands each view to the projection's encoder: one synchronous loop, nothing allocated per entry.</summary>
/// <remarks>
/// Input: a chunk of whole entries, which goes back to its pool. Output: the rows they became, in the same order. May run on several workers.
/// Failure: the first entry that is not valid, or holds a value that cannot be stored, ends the load, with bucket, byte offset and field.
/// </remarks>
internal sealed class EntryDecoder(IEntryProjection projection, PagePool pages, CheckpointEntrySource source) : IDisposable
{
    private readonly ConcurrentBag<IEntryEncoder> encoders = [];

    public ProjectedChunk Decode(EntryChunk chunk)
    {
        // A block has no state per worker: an encoder is taken at the start of a chunk and given back at its end.
        if (!encoders.TryTake(out IEntryEncoder? encoder)) encoder = projection.CreateEncoder(pages);
        var projected = new ProjectedChunk(projection.Outcomes.Count);
        try
        {
            using (chunk) source.DecodeEach<EntryRejectedException>(chunk, encoder.Encode);
            encoder.Flush(projected);
            return projected;
        }
        finally
        {
            encoders.Add(encoder);
        }
    }

    public void Dispose()
    {
        while (encoders.TryTake(out IEntryEncoder? encoder)) encoder.Dispose();
    }
}
