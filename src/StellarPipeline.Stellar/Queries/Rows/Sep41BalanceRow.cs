using System.Numerics;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>What an account or contract holds of a SEP-41 token.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Token">The token.</param>
/// <param name="Balance">What it holds, in the smallest unit of the token.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record Sep41BalanceRow(
    string Account,
    ContractTokenRow Token,
    BigInteger Balance,
    long LastModifiedLedger);
