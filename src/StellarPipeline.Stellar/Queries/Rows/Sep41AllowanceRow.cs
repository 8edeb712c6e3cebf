using System.Numerics;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>What somebody may spend of an owner's SEP-41 token.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Spender">Who may spend it.</param>
/// <param name="Token">The token.</param>
/// <param name="Amount">How much, in the smallest unit of the token.</param>
/// <param name="ExpirationLedger">The last ledger in which it may be spent.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record Sep41AllowanceRow(
    string Owner,
    string Spender,
    ContractTokenRow Token,
    BigInteger Amount,
    int ExpirationLedger,
    long LastModifiedLedger);
