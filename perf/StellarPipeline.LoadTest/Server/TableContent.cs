namespace StellarPipeline.LoadTest.Server;

/// <summary>The content of a table, independent of the order of its rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Checksum">Exclusive or of the rows' 64-bit hashes over the columns that a load sends.</param>
internal readonly record struct TableContent(long Rows, long Checksum);
