namespace StellarPipeline.LoadTest.Server;

/// <summary>What a table holds, whatever the order of its rows.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Checksum">Exclusive or of the rows' 64-bit hashes, over the columns that a load sends.</param>
internal readonly record struct TableContent(long Rows, long Checksum);
