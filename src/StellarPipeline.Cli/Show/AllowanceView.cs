namespace StellarPipeline.Cli.Show;

/// <summary>An amount of an owner's token that another address may spend.</summary>
/// <param name="Spender">Address that may spend it.</param>
/// <param name="Contract">Contract of the token.</param>
/// <param name="Amount">The amount.</param>
/// <param name="ExpirationLedger">The last ledger in which it may be spent.</param>
internal sealed record AllowanceView(
    string Spender,
    string Contract,
    string Amount,
    int ExpirationLedger);
