using System.Numerics;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>An allowance on an owner's SEP-41 token.</summary>
/// <param name="Owner">The owner of the tokens.</param>
/// <param name="Spender">The address that may spend them.</param>
/// <param name="Token">The token.</param>
/// <param name="Amount">The amount, in the smallest unit of the token.</param>
/// <param name="ExpirationLedger">The last ledger in which the allowance is valid.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record Sep41AllowanceRow(
    string Owner,
    string Spender,
    ContractTokenRow Token,
    BigInteger Amount,
    int ExpirationLedger,
    long LastModifiedLedger);
