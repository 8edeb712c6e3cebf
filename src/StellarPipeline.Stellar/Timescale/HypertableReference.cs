namespace StellarPipeline.Stellar.Timescale;

/// <summary>A foreign key that points at a hypertable, which blocks dropping and compressing its chunks.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="Table">The table that has it, with its schema.</param>
/// <param name="References">The hypertable.</param>
internal sealed record HypertableReference(string Name, string Table, string References);
