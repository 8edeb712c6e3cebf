namespace StellarPipeline.Stellar.Progress;

/// <summary>Rows of one table.</summary>
/// <param name="Name">Name of the table.</param>
/// <param name="Rows">Rows that the server has confirmed.</param>
public sealed record TableProgress(string Name, long Rows);
