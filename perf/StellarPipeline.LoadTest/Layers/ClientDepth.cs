namespace StellarPipeline.LoadTest.Layers;

/// <summary>How far the client's way is gone.</summary>
internal enum ClientDepth
{
    /// <summary>All buckets read, decompressed, hashed, framed and merged; chunks are dropped.</summary>
    Merge,

    /// <summary>Merge, then decode, classify and encode; pages are dropped.</summary>
    Decode,

    /// <summary>All of it, then batches of pages with the parents; a sink of the caller's takes them.</summary>
    Accumulate,
}
