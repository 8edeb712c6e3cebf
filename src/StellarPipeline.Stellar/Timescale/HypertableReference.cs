namespace StellarPipeline.Stellar.Timescale;

/// <summary>A foreign key that refers to a hypertable. It blocks dropping and compressing chunks.</summary>
/// <param name="Name">Name of the constraint.</param>
/// <param name="Table">The referencing table, with its schema.</param>
/// <param name="References">The hypertable.</param>
internal sealed record HypertableReference(string Name, string Table, string References);
