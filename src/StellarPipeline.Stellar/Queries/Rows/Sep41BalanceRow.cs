using System.Numerics;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>The SEP-41 token balance of an account or contract.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Token">The token.</param>
/// <param name="Balance">The balance, in the smallest unit of the token.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record Sep41BalanceRow(
    string Account,
    ContractTokenRow Token,
    BigInteger Balance,
    long LastModifiedLedger);
