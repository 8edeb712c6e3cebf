namespace StellarPipeline.Cli.Show;

/// <summary>What somebody may spend of an owner's token.</summary>
/// <param name="Spender">Who.</param>
/// <param name="Contract">Contract of the token.</param>
/// <param name="Amount">How much.</param>
/// <param name="ExpirationLedger">The last ledger in which it may be spent.</param>
internal sealed record AllowanceView(
    string Spender,
    string Contract,
    string Amount,
    int ExpirationLedger);
