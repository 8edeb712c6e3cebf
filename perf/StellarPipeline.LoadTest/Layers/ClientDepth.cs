namespace StellarPipeline.LoadTest.Layers;

/// <summary>The last step of the client's work that is run.</summary>
internal enum ClientDepth
{
    /// <summary>All buckets are read, decompressed, hashed, framed and merged; chunks are discarded.</summary>
    Merge,

    /// <summary>Merge, then decode, classify and encode; pages are discarded.</summary>
    Decode,

    /// <summary>Everything, including batches of pages and the parents; the caller's sink receives the batches.</summary>
    Accumulate,
}
