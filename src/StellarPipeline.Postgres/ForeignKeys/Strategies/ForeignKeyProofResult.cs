using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>A key that was proved to hold.</summary>
/// <param name="Key">The key.</param>
/// <param name="Elapsed">How long the server took.</param>
internal sealed record ForeignKeyProofResult(ForeignKey Key, TimeSpan Elapsed);
