/** E-commerce in one word each; the names are the Segment spec's, and the properties too. */

export const SHOP: Record<string, string> = {
  search: "Products Searched",
  list: "Product List Viewed",
  view: "Product Viewed",
  add: "Product Added",
  remove: "Product Removed",
  wish: "Product Added to Wishlist",
  cart: "Cart Viewed",
  checkout: "Checkout Started",
  coupon: "Coupon Applied",
  order: "Order Completed",
  refund: "Order Refunded",
  signup: "Signed Up",
  signin: "Signed In",
};
